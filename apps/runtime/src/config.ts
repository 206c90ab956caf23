import { AppError, Secret } from '@openloop/kernel';
import { z } from 'zod';

const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));
const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });
const ROLES = ['api', 'surfaces', 'workers'] as const;
const roles = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(ROLES)).min(1));

/** Every variable the runtime reads. `.env.example` lists the same, and a test compares. */
export const Environment = z.object({
  DATABASE_URL: secret.optional(),
  DATABASE_POOL: z.coerce.number().int().min(4).max(500).default(20),
  REDIS_URL: secret.optional(),
  OPENLOOP_DATA: z.string().min(1).default('.openloop'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4400),
  HOST: z.string().min(1).default('127.0.0.1'),
  OPENLOOP_ROLES: roles.default([...ROLES]),
  OPENLOOP_ADMIN_KEY: z
    .string()
    .regex(/^olk_[A-Za-z0-9_-]{32,}$/, 'must be olk_ and at least 32 letters, digits, - or _')
    .transform((value) => new Secret(value))
    .optional(),
  AGENTS_DIR: z.string().min(1).default('agents'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  OPENAI_API_KEY: secret.optional(),
  OPENAI_BASE_URL: url.optional(),
  ANTHROPIC_API_KEY: secret.optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  GEMINI_API_KEY: secret.optional(),
  GEMINI_BASE_URL: url.optional(),
  OLLAMA_BASE_URL: url.optional(),
  OPENROUTER_API_KEY: secret.optional(),
  OPENROUTER_BASE_URL: url.optional(),
  SLACK_BOT_TOKEN: secret.optional(),
  SLACK_APP_TOKEN: secret.optional(),
  SLACK_SIGNING_SECRET: secret.optional(),
  SLACK_API_URL: url.optional(),
  MCP_SERVERS: z.string().min(1).optional(),
  GITHUB_TOKEN: secret.optional(),
  GITHUB_APP_ID: z.string().regex(/^\d+$/, 'must be a number').optional(),
  GITHUB_APP_PRIVATE_KEY_PATH: z.string().min(1).optional(),
  GITHUB_APP_INSTALLATION_ID: z.coerce.number().int().positive().optional(),
  GITHUB_API_URL: url.optional(),
});

export type Config = ReturnType<typeof loadConfig>;

/** Reads the environment once, at start. Everything that is wrong is reported, not only the first thing. */
export function loadConfig(env: NodeJS.ProcessEnv) {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new AppError('invalid', 'config.invalid', `The environment is not valid: ${problems.join('; ')}`, {
      hint: 'Correct these variables; .env.example shows each with its meaning',
    });
  }
  const { data } = parsed;
  return {
    database: data.DATABASE_URL ? { url: data.DATABASE_URL } : { directory: data.OPENLOOP_DATA },
    poolSize: data.DATABASE_POOL,
    redisUrl: data.REDIS_URL ?? null,
    dataFolder: data.OPENLOOP_DATA,
    http: { port: data.PORT, host: data.HOST },
    roles: data.OPENLOOP_ROLES,
    adminKey: data.OPENLOOP_ADMIN_KEY ?? null,
    agentsFolder: data.AGENTS_DIR,
    logLevel: data.LOG_LEVEL ?? null,
    openai: connection(data.OPENAI_API_KEY, data.OPENAI_BASE_URL),
    anthropic: connection(data.ANTHROPIC_API_KEY, data.ANTHROPIC_BASE_URL),
    gemini: connection(data.GEMINI_API_KEY, data.GEMINI_BASE_URL),
    openrouter: connection(data.OPENROUTER_API_KEY, data.OPENROUTER_BASE_URL),
    ollama: data.OLLAMA_BASE_URL ? { baseUrl: data.OLLAMA_BASE_URL } : null,
    openAiCompatible: compatibleHosts(present),
    slack: slackFrom(data),
    mcpServersFile: data.MCP_SERVERS ?? null,
    /** Where the programs of MCP servers are looked for. */
    path: env['PATH'] ?? '',
    github: githubFrom(data),
    agentEnv: (name: string) => (OUR_NAMES.test(name) ? undefined : present[name]),
  };
}

/** Variables that an agent's file may not read: an author could send them to a server of their own. */
const OUR_NAMES =
  /^(OPENLOOP_|DATABASE_|REDIS_URL$|PG|POSTGRES_|REDIS_PASSWORD$|SLACK_|GITHUB_APP_|OPENAI_|ANTHROPIC_|GEMINI_|OPENROUTER_)/;

function connection(apiKey: Secret | undefined, baseUrl: string | undefined) {
  return apiKey ? { apiKey, ...(baseUrl && { baseUrl }) } : null;
}

const COMPATIBLE = /^OPENAI_COMPATIBLE_([A-Z0-9_]+)_BASE_URL$/;

/** `OPENAI_COMPATIBLE_LOCAL_BASE_URL` (and `_API_KEY`) make the provider `local/…`. */
function compatibleHosts(env: Readonly<Record<string, string | undefined>>) {
  return Object.entries(env).flatMap(([name, baseUrl]) => {
    const provider = COMPATIBLE.exec(name)?.[1];
    if (!provider || !baseUrl) return [];
    const apiKey = env[`OPENAI_COMPATIBLE_${provider}_API_KEY`];
    return [
      {
        name: provider.toLowerCase().replaceAll('_', '-'),
        baseUrl,
        ...(apiKey && { apiKey: new Secret(apiKey) }),
      },
    ];
  });
}

/** Socket Mode with an app token, else HTTP at `/slack/events` with a signing secret. */
function slackFrom(data: z.infer<typeof Environment>) {
  const {
    SLACK_BOT_TOKEN: botToken,
    SLACK_APP_TOKEN: appToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: apiUrl,
  } = data;
  if (!botToken && !appToken && !signingSecret) return null;
  if (!botToken || !(appToken ?? signingSecret)) {
    throw new AppError(
      'invalid',
      'config.slack',
      'Slack needs SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)',
      { hint: 'Follow docs/slack.md, or unset all of them' },
    );
  }
  const place = apiUrl ? { apiUrl } : {};
  return appToken
    ? { ...place, botToken, mode: { kind: 'socket' as const, appToken } }
    : { ...place, botToken, mode: { kind: 'http' as const, signingSecret: signingSecret as Secret } }; // one of the two is there
}

function githubFrom(data: z.infer<typeof Environment>) {
  const place = data.GITHUB_API_URL ? { apiUrl: data.GITHUB_API_URL } : {};
  const {
    GITHUB_APP_ID: appId,
    GITHUB_APP_PRIVATE_KEY_PATH: keyPath,
    GITHUB_APP_INSTALLATION_ID: installationId,
  } = data;
  if (data.GITHUB_TOKEN) return { ...place, token: data.GITHUB_TOKEN };
  if (!appId && !keyPath && !installationId) return null;
  if (appId && keyPath && installationId) return { ...place, app: { appId, keyPath, installationId } };
  throw new AppError(
    'invalid',
    'config.github',
    'A GitHub App needs all of GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_PATH and GITHUB_APP_INSTALLATION_ID',
    {
      hint: 'Set all three, or GITHUB_TOKEN alone',
    },
  );
}
