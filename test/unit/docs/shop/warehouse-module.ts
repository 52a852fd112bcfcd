import type { ServiceModule } from '../../../../deployment.ts';
import { stockStore } from './stock-store.ts';
import { config, warehouse } from './warehouse.ts';

export const warehouseModule: ServiceModule = {
  name: 'warehouse',
  config,
  stores: [{ sql: stockStore }],
  define: (_config, { store }) => warehouse(store('stock')),
};

export default warehouseModule;
