import { z } from 'zod';

export const CheckArea = z
  .enum(['node', 'config', 'database', 'queue', 'models', 'slack', 'github', 'mcp', 'clock', 'disk'])
  .meta({ id: 'CheckArea' });
export type CheckArea = z.infer<typeof CheckArea>;

const checkFacts = {
  name: z.string(),
  status: z.enum(['ok', 'warning', 'error']),
  words: z.string(),
  /** What to do about it; `null` only where nothing is wrong. */
  fix: z.string().nullable(),
};

export const CheckView = z.object({ area: CheckArea, ...checkFacts }).meta({ id: 'Check' });
export type CheckView = z.infer<typeof CheckView>;

export const ChecksReport = z
  .object({ data: z.array(CheckView), errors: z.int(), warnings: z.int() })
  .meta({ id: 'ChecksReport' });
export type ChecksReport = z.infer<typeof ChecksReport>;

/** One step of a round trip through a chat product. */
export const StepCheck = z.object(checkFacts).meta({ id: 'StepCheck' });
export type StepCheck = z.infer<typeof StepCheck>;

export const SurfaceTest = z
  .object({ data: z.array(StepCheck), errors: z.int(), warnings: z.int() })
  .meta({ id: 'SurfaceTest' });

const LONGEST_CHANNEL = 100;

export const TestSurface = z
  .strictObject({
    /** `#dev-platform`, or the product's own id. */
    channel: z.string().trim().min(1).max(LONGEST_CHANNEL),
    /** Seconds in which somebody must press the button. */
    within: z.int().min(5).max(240).default(120),
  })
  .meta({ id: 'TestSurface' });

/** How a check is put on a terminal: colours, and what makes text from elsewhere harmless there. */
export interface CheckStyle {
  ok: (text: string) => string;
  warning: (text: string) => string;
  error: (text: string) => string;
  heading: (text: string) => string;
  plain: (text: string) => string;
}

const SIGNS = { ok: '✓', warning: '!', error: '✗' } as const;
const WIDEST_NAME = 26;

interface Shown {
  data: readonly (StepCheck & { area?: CheckArea })[];
  errors: number;
  warnings: number;
}

/** One line for each check, under it what to do where something is wrong, and a sum. Areas get headings when there are several. */
export function checkText({ data, errors, warnings }: Shown, style: CheckStyle): string {
  const width = Math.min(WIDEST_NAME, Math.max(0, ...data.map(({ name }) => name.length)));
  const areas = new Set(data.map(({ area }) => area));
  const lines = [...areas].flatMap((area, index) => {
    const checks = data.filter((check) => check.area === area);
    const heading = areas.size > 1 && area ? [...(index > 0 ? [''] : []), style.heading(area)] : [];
    return [...heading, ...checks.flatMap((check) => checkLines(check, width, style))];
  });
  return [...lines, ...(areas.size > 1 ? [''] : []), sumOf(errors, warnings)].join('\n');
}

function checkLines({ name, status, words, fix }: StepCheck, width: number, style: CheckStyle): string[] {
  const line = `${style[status](SIGNS[status])} ${style.plain(name).padEnd(width)}  ${style.plain(words)}`;
  return fix === null ? [line] : [line, `  ${' '.repeat(width)}  Fix: ${style.plain(fix)}`];
}

function sumOf(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'All is well.';
  const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const parts = [errors && many(errors, 'error'), warnings && many(warnings, 'warning')];
  return `${parts.filter(Boolean).join(', ')}.`;
}
