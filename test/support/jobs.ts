export { newJob, newJobs } from '../../lib/testing/queue/samples.ts'
