import type { Handle } from '@openloop/kernel';

import { problemAt, type AgentDocument } from '../agent-document.js';
import { error, warning, type Finding, type Problem } from '../problem.js';

/** Who a handle stands for, as a registry of people knows it. Ids are the registry's own. */
export type ApproverMatch =
  | { kind: 'person'; id: string }
  | { kind: 'group'; ids: readonly string[] }
  /** `near` are handles that look like it. */
  | { kind: 'unresolved'; near?: readonly string[] }
  | { kind: 'ambiguous'; candidates: readonly string[] };

/**
 * Whether the people an agent names exist and are enough. `isCertain` is false when no connected surface could have
 * resolved a handle: then what it holds waits, and the problems are warnings.
 */
export function approverProblems(
  document: AgentDocument,
  matches: ReadonlyMap<Handle, ApproverMatch>,
  { isCertain }: { isCertain: boolean },
): readonly Problem[] {
  const { approvals, workspace } = document.agent;
  const report = isCertain ? error : warning;
  const findings = approvals.approvers.flatMap((handle, i): Finding[] => {
    const path = ['spec', 'approvals', 'approvers', i];
    const match = matches.get(handle) ?? { kind: 'unresolved' };
    if (match.kind === 'unresolved')
      return [
        report('approver_unresolved', path, `no ${handle} in workspace ${workspace}`, {
          suggestion: match.near?.[0],
        }),
      ];
    if (match.kind !== 'ambiguous') return [];
    return [report('approver_ambiguous', path, `${handle} could be any of ${match.candidates.join(', ')}`)];
  });
  const people = new Set(approvals.approvers.flatMap((handle) => idsOf(matches.get(handle))));
  if (findings.length > 0 || people.size >= approvals.minApprovals)
    return findings.map((each) => problemAt(document, each));
  const message = `${approvals.minApprovals} approvals are needed, the approvers are ${people.size === 1 ? 'one person' : `${people.size} people`} in all`;
  const quorum = report('quorum_unreachable', ['spec', 'approvals', 'min_approvals'], message);
  return approvals.approvers.length === 0 ? [] : [problemAt(document, quorum)];
}

function idsOf(match: ApproverMatch | undefined): readonly string[] {
  if (match?.kind === 'person') return [match.id];
  return match?.kind === 'group' ? match.ids : [];
}
