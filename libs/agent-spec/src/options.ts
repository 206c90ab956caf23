/** What a native tool offers, as its author says. */
export interface VocabularyPermission {
  readonly name: string;
  readonly effect: 'read' | 'write';
}

/** The native tools there are, by name: `{ github: { permissions: [{ name: 'issues:read', effect: 'read' }] } }`. */
export type ToolVocabulary = Readonly<
  Record<string, { readonly permissions: readonly VocabularyPermission[] }>
>;

/** What the checker may know of the world. A check whose option is absent is left out: that is the offline mode. */
export interface ParseOptions {
  readonly tools?: ToolVocabulary;
  /** Reads a variable for `${env:NAME}`; also the place to refuse names that no agent may read. */
  readonly env?: (name: string) => string | undefined;
  /** The programs that `stdio:NAME` may name. */
  readonly programs?: readonly string[];
  /** The providers that can be called: `openai` in `openai/gpt-4o-mini`. */
  readonly knownModelProviders?: readonly string[];
  readonly pricedModel?: (name: string) => boolean;
}
