export { hashKey, mintKey, prefixOf, type ApiKey, type Caller, type NewApiKey } from './api-key.js';
export { authenticate } from './authenticate.js';
export { freshen, type Freshening } from './freshen.js';
export type { AccountRef, AskedGroup, GroupRef, KeyRing, Meaning, PeopleStore } from './people-store.js';
export { holdsScope } from './scopes.js';
