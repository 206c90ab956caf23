import {
  AnthropicSimulator,
  GitHubSimulator,
  OpenAiSimulator,
  type Brain,
  type Loopback,
} from '@openloop/simulators';

import { issueBrain } from './brains.js';

export const GITHUB_TOKEN = 'ghp_canary0canary0canary0canary0canary0';
export const OPENAI_KEY = 'sk-canary-openai-0000000000000000';
export const ANTHROPIC_KEY = 'sk-ant-canary-0000000000000000';
export const BOT = 'openloop-bot';
export const REPO = 'acme/shop';
export const ISSUES = `/repos/${REPO}/issues`;

/** GitHub, OpenAI and Anthropic as the runtime meets them over HTTP. Their ledgers are the truth of every story. */
export class Outside {
  readonly github = new GitHubSimulator({ tokens: { [GITHUB_TOKEN]: BOT } });
  readonly openai = new OpenAiSimulator({ brain: (request) => this.brain(request), keys: [OPENAI_KEY] });
  readonly anthropic = new AnthropicSimulator({
    brain: (request) => this.brain(request),
    keys: [ANTHROPIC_KEY],
  });
  /** What the models say from now on. */
  brain: Brain = issueBrain;
  #servers: Loopback[] = [];

  static async start(): Promise<Outside> {
    const outside = new Outside();
    outside.github.seedRepo(REPO);
    const { github, openai, anthropic } = outside;
    outside.#servers = await Promise.all([github.start(), openai.start(), anthropic.start()]);
    return outside;
  }

  /** The variables that make a runtime talk to these and to nothing else. */
  get env(): Record<string, string> {
    const [github, openai, anthropic] = this.#servers.map(({ url }) => url);
    return {
      GITHUB_TOKEN,
      GITHUB_API_URL: github ?? '',
      OPENAI_API_KEY: OPENAI_KEY,
      OPENAI_BASE_URL: `${openai}/v1`,
      ANTHROPIC_API_KEY: ANTHROPIC_KEY,
      ANTHROPIC_BASE_URL: `${anthropic}/v1`,
    };
  }

  /** An issue that was there before, made as GitHub's own clients make one. */
  async openIssue(title: string): Promise<void> {
    const response = await fetch(`${this.env['GITHUB_API_URL']}${ISSUES}`, {
      method: 'POST',
      headers: { authorization: `token ${GITHUB_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title }),
    });
    if (response.status !== 201) throw new Error(`GitHub answered ${response.status}`);
    this.github.ledger.clear();
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
