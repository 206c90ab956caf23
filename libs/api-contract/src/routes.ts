import { agentRoutes } from './routes/agents.js';
import { approvalRoutes } from './routes/approvals.js';
import { auditRoutes } from './routes/audit.js';
import { checkRoutes } from './routes/checks.js';
import { compatRoutes } from './routes/compat.js';
import { keyRoutes } from './routes/keys.js';
import { runRoutes } from './routes/runs.js';
import { systemRoutes } from './routes/system.js';
import { usageRoutes } from './routes/usage.js';

/** Everything that is served, by id. */
export const routes = Object.freeze({
  ...agentRoutes,
  ...runRoutes,
  ...approvalRoutes,
  ...usageRoutes,
  ...auditRoutes,
  ...keyRoutes,
  ...systemRoutes,
  ...checkRoutes,
  ...compatRoutes,
});

export type Routes = typeof routes;
export type RouteId = keyof Routes;
