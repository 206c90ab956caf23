import { z } from 'zod';

/** What the file of an issue says. Its number is the file's name. */
export interface IssueText {
  repo: string;
  title: string;
  labels: readonly string[];
  state: 'open' | 'closed';
  created: string;
  body: string;
}

const FENCE = '---';
/** Any trailing marker, with the line break before it. */
const MARKER_AT_END = /\n*<!-- openloop:effect:[^>]*-->\s*$/;

const headSchema = z.object({
  repo: z.string(),
  title: z.string(),
  labels: z.array(z.string()),
  state: z.enum(['open', 'closed']),
  created: z.string(),
});

/** Markdown with a YAML head. Each value is written as JSON, which is YAML too, so no text can break out of its line. */
export function writeIssue({ body, ...head }: IssueText, marker: string): string {
  const lines = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const parts = [FENCE, ...lines, FENCE, '', `# ${head.title}`, ''];
  if (body !== '') parts.push(body, '');
  return [...parts, marker, ''].join('\n');
}

/** `null` when a person has edited the file into something else. */
export function parseIssue(file: string): IssueText | null {
  const lines = file.split('\n');
  const end = lines.indexOf(FENCE, 1);
  if (lines[0] !== FENCE || end === -1) return null;
  const head = headSchema.safeParse(parseHead(lines.slice(1, end)));
  if (!head.success) return null;
  const rest = lines
    .slice(end + 1)
    .join('\n')
    .replace(MARKER_AT_END, '')
    .trim();
  const body = rest.startsWith('# ') ? rest.split('\n').slice(1).join('\n').trim() : rest;
  return { ...head.data, body };
}

function parseHead(lines: readonly string[]): unknown {
  try {
    return Object.fromEntries(
      lines.map((line): [string, unknown] => {
        const cut = line.indexOf(': ');
        return [line.slice(0, cut), JSON.parse(line.slice(cut + 2))];
      }),
    );
  } catch {
    return null;
  }
}
