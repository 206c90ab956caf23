export { queueContract, type QueueBench } from './queue-contract.js';
