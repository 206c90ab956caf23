import type { Agent } from './agent.js';
import type { Places } from './places.js';
import { problemFrom, type Finding, type Problem } from './problem.js';

/** An agent together with the text it came from, so that later checks can still point into it. */
export interface AgentDocument {
  file: string;
  /** Which document of the file, from 1. */
  index: number;
  agent: Agent;
  places: Places;
}

/** Gives a finding of a later check (people, channels: what only a server knows) its place in the file. */
export function problemAt({ places, file }: AgentDocument, finding: Finding): Problem {
  return problemFrom(finding, places.at(finding.path, finding.part), file);
}
