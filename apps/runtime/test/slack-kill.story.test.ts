import { slackKillStories } from './harness/slack-kill-stories.js';

slackKillStories('the embedded database');
