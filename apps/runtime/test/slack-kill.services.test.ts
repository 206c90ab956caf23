import { slackKillStories } from './harness/slack-kill-stories.js';

slackKillStories('Postgres and Redis');
