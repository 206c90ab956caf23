export { ContractServer, type Answers, type SentEvent } from './contract-server.js';
export { exampleAgent, exampleApproval, exampleAuditEntry, exampleBudget, exampleRun } from './examples.js';
