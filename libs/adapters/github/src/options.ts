import type { Secret } from '@openloop/kernel';

/** An installation of a GitHub App: it acts as itself, `name[bot]`. */
export interface GitHubApp {
  appId: number | string;
  /** PEM, as GitHub hands it out. */
  privateKey: Secret;
  installationId: number;
}

/** Milliseconds. */
export interface GitHubTimings {
  /** For one try of a read; there are up to three. */
  readMs: number;
  /** For the one request of a write. What takes longer ends as unknown. */
  writeMs: number;
  /** Before the first repeat of a read; the second waits four times as long. */
  retryBaseMs: number;
}

interface GitHubPlace {
  /** Default `https://api.github.com`. GitHub Enterprise: `https://HOST/api/v3`. */
  apiUrl?: string;
  /** Which users and organisations may be named at all. Absent: all that the credentials reach. */
  allowedOwners?: readonly string[];
  timings?: Partial<GitHubTimings>;
}

export type GitHubOptions = GitHubPlace & ({ token: Secret } | { app: GitHubApp });
