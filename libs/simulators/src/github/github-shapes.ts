import { createHash } from 'node:crypto';

import { isPull, type Issue, type IssueComment, type Pull, type Repo } from './github-store.js';

/** Objects as GitHub's REST API shows them. `root` is the URL of the simulator. */
export class GitHubShapes {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  user(login: string): object {
    const id = numberFrom(login);
    return {
      login,
      id,
      node_id: nodeId('U', id),
      avatar_url: '',
      url: `${this.#root}/users/${encodeURIComponent(login)}`,
      html_url: `${this.#root}/${encodeURIComponent(login)}`,
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
      site_admin: false,
    };
  }

  repo(repo: Repo): object {
    return {
      id: repo.id,
      node_id: nodeId('R', repo.id),
      name: repo.name,
      full_name: repo.fullName,
      private: repo.isPrivate,
      visibility: repo.isPrivate ? 'private' : 'public',
      owner: this.user(repo.owner),
      url: this.#repoUrl(repo),
      html_url: `${this.#root}/${repo.fullName}`,
      description: null,
      fork: false,
      archived: repo.isArchived,
      disabled: false,
      has_issues: repo.hasIssues,
      default_branch: repo.defaultBranch,
      open_issues_count: repo.issues.filter((issue) => issue.isOpen).length,
      created_at: instant(repo.createdAt),
      updated_at: instant(repo.createdAt),
      pushed_at: instant(repo.createdAt),
      permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
    };
  }

  /** Also of a pull request, seen as an issue: that is how lists of issues show it. */
  issue(issue: Issue, repo: Repo): object {
    const url = `${this.#repoUrl(repo)}/issues/${issue.number}`;
    return {
      ...this.#shared(issue, repo),
      id: issue.id,
      node_id: nodeId(isPull(issue) ? 'PR' : 'I', issue.id),
      url,
      repository_url: this.#repoUrl(repo),
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      html_url: this.#page(issue, repo),
      comments: repo.comments.filter((comment) => comment.issueNumber === issue.number).length,
      state_reason: issue.stateReason,
      ...(isPull(issue) && {
        draft: issue.pull.isDraft,
        pull_request: { url: this.#pullUrl(issue, repo), html_url: this.#page(issue, repo), merged_at: null },
      }),
    };
  }

  pull(pull: Pull, repo: Repo): object {
    const { head, headOwner, headSha, base, baseSha, isDraft, id } = pull.pull;
    const side = (owner: string, ref: string, sha: string): object => ({
      label: `${owner}:${ref}`,
      ref,
      sha,
      user: this.user(owner),
      repo: this.repo(repo),
    });
    return {
      ...this.#shared(pull, repo),
      id,
      node_id: nodeId('PR', id),
      url: this.#pullUrl(pull, repo),
      html_url: this.#page(pull, repo),
      issue_url: `${this.#repoUrl(repo)}/issues/${pull.number}`,
      comments_url: `${this.#repoUrl(repo)}/issues/${pull.number}/comments`,
      draft: isDraft,
      merged: false,
      merged_at: null,
      merge_commit_sha: null,
      mergeable: null,
      mergeable_state: 'unknown',
      head: side(headOwner, head, headSha),
      base: side(repo.owner, base, baseSha),
    };
  }

  comment(comment: IssueComment, repo: Repo): object {
    const issue = `${this.#repoUrl(repo)}/issues/${comment.issueNumber}`;
    return {
      id: comment.id,
      node_id: nodeId('IC', comment.id),
      url: `${this.#repoUrl(repo)}/issues/comments/${comment.id}`,
      html_url: `${this.#root}/${repo.fullName}/issues/${comment.issueNumber}#issuecomment-${comment.id}`,
      issue_url: issue,
      user: this.user(comment.author),
      body: comment.body,
      author_association: 'COLLABORATOR',
      created_at: instant(comment.createdAt),
      updated_at: instant(comment.updatedAt),
    };
  }

  ref(repo: Repo, branch: string, sha: string): object {
    return {
      ref: `refs/heads/${branch}`,
      node_id: nodeId('REF', repo.id),
      url: `${this.#repoUrl(repo)}/git/refs/heads/${branch}`,
      object: { type: 'commit', sha, url: `${this.#repoUrl(repo)}/git/commits/${sha}` },
    };
  }

  #shared(issue: Issue, repo: Repo): object {
    const assignees = issue.assignees.map((login) => this.user(login));
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.isOpen ? 'open' : 'closed',
      user: this.user(issue.author),
      labels: issue.labels.map((name) => this.#label(name, repo)),
      assignee: assignees[0] ?? null,
      assignees,
      milestone: null,
      locked: false,
      active_lock_reason: null,
      author_association: 'COLLABORATOR',
      created_at: instant(issue.createdAt),
      updated_at: instant(issue.updatedAt),
      closed_at: issue.closedAt && instant(issue.closedAt),
    };
  }

  #label(name: string, repo: Repo): object {
    const id = numberFrom(`${repo.fullName}#${name}`);
    const url = `${this.#repoUrl(repo)}/labels/${encodeURIComponent(name)}`;
    return { id, node_id: nodeId('LA', id), url, name, color: 'ededed', default: false, description: null };
  }

  #repoUrl(repo: Repo): string {
    return `${this.#root}/repos/${repo.fullName}`;
  }

  #pullUrl(pull: Pull, repo: Repo): string {
    return `${this.#repoUrl(repo)}/pulls/${pull.number}`;
  }

  #page(issue: Issue, repo: Repo): string {
    return `${this.#root}/${repo.fullName}/${isPull(issue) ? 'pull' : 'issues'}/${issue.number}`;
  }
}

function instant(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/u, 'Z');
}

/** One stable number per name; users and labels are not stored. */
function numberFrom(name: string): number {
  return createHash('sha1').update(name.toLowerCase()).digest().readUInt32BE(0);
}

function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(`${kind}${id}`).toString('base64url')}`;
}
