import { ClearHistorySchema, HistoryQuerySchema } from '../../schemas/index.ts'
import { validatorOf } from '../model/input/validate.ts'

const request = 'this request'

/** Query of `integrations.history`. */
export const validateHistoryQuery = validatorOf(HistoryQuerySchema, request)

/** Body of `integrations.clearHistory`. */
export const validateClearHistory = validatorOf(ClearHistorySchema, request)
