export { entryOf, everyEntryField } from '../../lib/testing/history/samples.ts'
