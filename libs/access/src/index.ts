export { hashKey, mintKey, prefixOf, type ApiKey, type Caller, type NewApiKey } from './api-key.js';
export { authenticate } from './authenticate.js';
export { freshenGroups } from './freshen-groups.js';
export type { AccountRef, GroupRef, KeyRing, Meaning, PeopleStore } from './people-store.js';
export { holdsScope } from './scopes.js';
