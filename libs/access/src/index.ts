export { hashKey, mintKey, prefixOf, type ApiKey, type Caller, type NewApiKey } from './api-key.js';
export { authenticate } from './authenticate.js';
export type { KeyRing, PeopleStore } from './people-store.js';
export { holdsScope } from './scopes.js';
