export { deliver, type DeliveryParts } from './deliver.js';
export type {
  ClaimedDelivery,
  DeliveryEnd,
  DeliveryStore,
  DeliveryStores,
  ShownRun,
  Subject,
} from './delivery-store.js';
export { exactJson } from './rendering.js';
