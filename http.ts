/** Names for serving a deployment over HTTP. */

export { type UnanimousRoutesOptions, unanimousRoutes } from './edge/http/unanimous-routes.ts';
