import type { AgentSurface } from './agent.js';
import { problemAt, type AgentDocument } from './agent-document.js';
import { error, type Finding, type Problem } from './problem.js';

export interface DocumentFinding {
  document: AgentDocument;
  finding: Finding;
}

/** What two documents of the same file must not both say. `parseAgents` has reported it already. */
export function withinFileFindings(documents: readonly AgentDocument[]): readonly DocumentFinding[] {
  return conflicts(documents).filter(({ document, earlier }) => document.file === earlier.file);
}

/** What documents of different files must not both say: one name, one id, one channel. */
export function problemsAcrossFiles(documents: readonly AgentDocument[]): readonly Problem[] {
  return conflicts(documents)
    .filter(({ document, earlier }) => document.file !== earlier.file)
    .map(({ document, finding }) => problemAt(document, finding));
}

interface Claim {
  key: string;
  document: AgentDocument;
  finding: (earlier: AgentDocument) => Finding;
}

function conflicts(documents: readonly AgentDocument[]): (DocumentFinding & { earlier: AgentDocument })[] {
  const owners = new Map<string, AgentDocument>();
  return documents.flatMap(claimsOf).flatMap(({ key, document, finding }) => {
    const earlier = owners.get(key);
    owners.set(key, earlier ?? document);
    return earlier === undefined || earlier === document
      ? []
      : [{ document, earlier, finding: finding(earlier) }];
  });
}

function claimsOf(document: AgentDocument): Claim[] {
  const { name, workspace, id, surfaces } = document.agent;
  const full = `${workspace}/${name}`;
  const names: Claim = {
    key: `name ${full}`,
    document,
    finding: (earlier) =>
      error(
        'duplicate_agent',
        ['metadata', 'name'],
        `agent ${full} is there twice (${placesOf(earlier, document)})`,
      ),
  };
  const ids: Claim[] = [id ?? []].flat().map((own) => ({
    key: `id ${own}`,
    document,
    finding: (earlier) =>
      error('duplicate_agent', ['metadata', 'id'], `id ${own} is also that of ${earlier.agent.name}`),
  }));
  return [names, ...ids, ...surfaces.flatMap((surface, i) => channelClaim(document, surface, i))];
}

function channelClaim(document: AgentDocument, { type, channel }: AgentSurface, i: number): Claim[] {
  if (channel === null) return [];
  const message = (earlier: AgentDocument) =>
    `${type} channel "${channel}" already belongs to agent ${earlier.agent.name} (${placesOf(earlier, document)})`;
  return [
    {
      key: `channel ${document.agent.workspace} ${type} ${channel.replace(/^#/, '').toLowerCase()}`,
      document,
      finding: (earlier) => error('channel_conflict', ['spec', 'surfaces', i, 'channel'], message(earlier)),
    },
  ];
}

function placesOf(earlier: AgentDocument, later: AgentDocument): string {
  return earlier.file === later.file
    ? `docs ${earlier.index} and ${later.index}`
    : `${earlier.file} and ${later.file}`;
}
