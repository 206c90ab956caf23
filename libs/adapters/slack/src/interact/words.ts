/** What a person is told in private. Each says what to do next. */
export const WORDS = {
  notRecorded: '⚠️ That was not recorded, please click again.',
  formNotOpened: '⚠️ The form could not be opened, please click again. Nothing was decided.',
  notValid:
    '⛔ This button is not valid any more. Nothing was decided. Look for a newer card in this thread.',
  outsider:
    '⛔ You are not linked as an approver here. Nothing was decided. ' +
    'A full member of this workspace who is named under `approvals` in the agent’s file can decide; ' +
    'ask whoever runs OpenLoop to add you there.',
  reasonTooLong: 'At most 500 characters.',
} as const;
