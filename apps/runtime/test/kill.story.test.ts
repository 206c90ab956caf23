import { killStories } from './harness/kill-stories.js';

if (!process.env['OPENLOOP_TEST_DATABASE_URL']) {
  killStories('the embedded database', [0, 1, 2, 4, 7, 11, 16, 23, 33, 50]);
}
