import { killStories } from './harness/kill-stories.js';

killStories('the embedded database', [0, 1, 2, 4, 7, 11, 16, 23, 33, 50]);
