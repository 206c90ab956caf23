export { BullQueue, type QueueDepth, type QueueOptions } from './bull-queue.js';
