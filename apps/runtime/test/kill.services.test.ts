import { killStories } from './harness/kill-stories.js';

const EVERY_MS = 2;
const LAST_MS = 50;

killStories(
  'Postgres and Redis',
  Array.from({ length: LAST_MS / EVERY_MS + 1 }, (_, index) => index * EVERY_MS),
);
