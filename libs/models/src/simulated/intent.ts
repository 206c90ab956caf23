/** What the simulated model understood of a message. */
export type Intent =
  | { kind: 'open_issue'; repo: string; title: string; labels: readonly string[] }
  | { kind: 'read_issue'; repo: string; number: number }
  | { kind: 'list_issues'; repo: string }
  | { kind: 'investigate'; repo: string }
  | { kind: 'recall'; topic: string }
  | { kind: 'retell' }
  | { kind: 'summarize'; text: string }
  | { kind: 'other' };

const DEMO_REPO = 'demo/ingestion';
const TITLE_LENGTH = 120;

const REPO = /\b(?:in|on|at|to|for|from|of|repo|repository)\s+([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)/;
const OPEN = /\b(?:open|create|file|raise|log|add|write|make)\b[^.!?\n]{0,40}?\b(?:issue|ticket|bug)\b/i;
const READ = /\bissue\s*(?:number\s*|no\.?\s*)?#?(\d{1,9})\b/i;
const LIST = /\b(?:list|show|read|see|which|what|any)\b[^.!?\n]{0,40}\bissues\b/i;
const INVESTIGATE = /\bexpensive\b[^.!?\n]{0,20}\binvestigation\b/i;
const RECALL =
  /\bwhat (?:did|have) we (?:decide|decided|agree|agreed|say|said)(?: (?:about|on|for|regarding) (.+))?/i;
const RETELL = /\bwhat (?:did you|have you|was it you)\b|\bwhat happened\b/i;
const SUMMARIZE = /\bsummari[sz]e\b[:\s]*([\s\S]*)/i;

const LABELS: readonly [RegExp, string][] = [
  [/\bflak(?:y|iness)\b/i, 'flaky'],
  [/\b(?:docs?|documentation|typo)\b/i, 'documentation'],
  [/\b(?:feature|support for|enhancement|wish)\b/i, 'enhancement'],
];

type Rule = (text: string, repo: string) => Intent | null;

/** The first rule that recognises the message wins; the order is part of the contract of `sim/demo`. */
const RULES: readonly Rule[] = [
  (text, repo) => (INVESTIGATE.test(text) ? { kind: 'investigate', repo } : null),
  (text, repo) =>
    OPEN.test(text) ? { kind: 'open_issue', repo, title: titleOf(text), labels: labelsOf(text) } : null,
  (text) => (RETELL.test(text) ? { kind: 'retell' } : null),
  (text) => recall(text),
  (text) => summarize(text),
  (text, repo) => read(text, repo),
  (text, repo) => (LIST.test(text) ? { kind: 'list_issues', repo } : null),
];

export function intentOf(text: string): Intent {
  const repo = REPO.exec(text)?.[1]?.replace(/[.-]+$/, '') ?? DEMO_REPO;
  for (const rule of RULES) {
    const intent = rule(text, repo);
    if (intent !== null) return intent;
  }
  return { kind: 'other' };
}

function read(text: string, repo: string): Intent | null {
  const number = READ.exec(text)?.[1];
  return number === undefined ? null : { kind: 'read_issue', repo, number: Number(number) };
}

function recall(text: string): Intent | null {
  const match = RECALL.exec(text);
  return match === null ? null : { kind: 'recall', topic: (match[1] ?? '').replace(/[?.!\s]+$/, '') };
}

function summarize(text: string): Intent | null {
  const match = SUMMARIZE.exec(text);
  return match === null ? null : { kind: 'summarize', text: (match[1] ?? '').trim() };
}

/** `open an issue in acme/x about the flaky ingest test` → `Flaky ingest test`. */
function titleOf(text: string): string {
  const rest = text.slice(OPEN.exec(text)?.index ?? 0).replace(OPEN, '');
  const about = rest
    .replace(REPO, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/^[\s:,]*(?:about|for|on|titled|called|named|saying|that|because|regarding)\b[\s:]*/i, '')
    .replace(/^[\s:,“"']+/, '')
    .replace(/[\s.!?”"']+$/, '')
    .replace(/^(?:the|a|an|our)\s+/i, '');
  const title = Array.from(about).slice(0, TITLE_LENGTH).join('').trim();
  return title === '' ? 'Untitled issue' : title.charAt(0).toUpperCase() + title.slice(1);
}

function labelsOf(text: string): readonly string[] {
  const found = LABELS.filter(([pattern]) => pattern.test(text)).map(([, label]) => label);
  return found.some((label) => label === 'documentation' || label === 'enhancement')
    ? found
    : ['bug', ...found];
}
