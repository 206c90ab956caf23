export { anAgent, anAgentYaml, type AgentOverrides } from './an-agent.js';
