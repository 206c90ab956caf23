import { appMethods } from './slack-app.js';
import type { SlackMethod, SlackMethods } from './slack-call.js';
import { chatMethods } from './slack-chat.js';
import { conversationMethods } from './slack-conversations.js';
import { peopleMethods } from './slack-people.js';
import { viewMethods } from './slack-views.js';

const methods: SlackMethods = {
  ...appMethods,
  ...chatMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...viewMethods,
};

export function slackMethod(name: string): SlackMethod | null {
  return Object.hasOwn(methods, name) ? (methods[name] ?? null) : null;
}
