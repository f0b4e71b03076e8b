import { ClearHistorySchema, HistoryQuerySchema, ReplayOutgoingSchema, StatusQuerySchema } from '../../schemas/index.ts'
import { validatorOf } from '../model/input/validate.ts'

const request = 'this request'

/** Query of `integrations.history`. */
export const validateHistoryQuery = validatorOf(HistoryQuerySchema, request)

/** Body of `integrations.clearHistory`. */
export const validateClearHistory = validatorOf(ClearHistorySchema, request)

/** Query of `integrations.status`. */
export const validateStatusQuery = validatorOf(StatusQuerySchema, request)

/** Body of `integrations.replayOutgoing`. */
export const validateReplayOutgoing = validatorOf(ReplayOutgoingSchema, request)
