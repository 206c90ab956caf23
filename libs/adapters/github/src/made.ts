import { z } from 'zod';

/** What a write made, as it is reported. */
export interface Made {
  summary: string;
  data: unknown;
  externalId: string;
  url: string;
}

/** Reads what was made out of an answer or a listed item; `null` when it does not say. */
export type ReadMade = (body: unknown) => Made | null;

export const webUrl = z.url({ protocol: /^https?$/ });
const numberedSchema = z.object({ number: z.int().positive(), html_url: webUrl });

/** For issues and pull requests, which share their numbers. `summary` is given `#12`. */
export function readNumbered(repo: string, summary: (name: string) => string): ReadMade {
  return (body) => {
    const parsed = numberedSchema.safeParse(body);
    if (!parsed.success) return null;
    const { number, html_url: url } = parsed.data;
    return {
      summary: summary(`#${number}`),
      data: { number, repo, url },
      externalId: `${repo}#${number}`,
      url,
    };
  };
}
