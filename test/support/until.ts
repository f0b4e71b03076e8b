export { until } from '../../lib/testing/until.ts'
