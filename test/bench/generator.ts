import { answerParent } from '../support/child.ts'
import { load, type LoadOptions, type LoadResult } from './load.ts'

// The process that sends the load, so that what the parent does takes nothing from it.
answerParent<LoadOptions, LoadResult>(load)
