import {
  GetQuerySchema, inputSchemas, ListQuerySchema, RegenerateTokenSchema, removeSchemas, updateSchemas
} from '../../../schemas/index.ts'
import { invalidParams } from '../../errors/index.ts'
import { typedValidatorOf, validatorOf } from '../../model/input/validate.ts'

const request = 'this request'

/** Body of `integrations.create`. */
export const validateInput = typedValidatorOf(inputSchemas)

/** Body of `integrations.update`. */
export const validateUpdate = typedValidatorOf(updateSchemas)

/** Body of `integrations.remove`; another type is told as Rocket.Chat tells it. */
export const validateRemove = typedValidatorOf(removeSchemas, () =>
  invalidParams([{ path: '/type', message: 'must match exactly one schema in oneOf' }]))

/** Body of `integrations.regenerateToken`. */
export const validateRegenerateToken = validatorOf(RegenerateTokenSchema, request)

/** Query of `integrations.list`. */
export const validateListQuery = validatorOf(ListQuerySchema, request)

/** Query of `integrations.get`. */
export const validateGetQuery = validatorOf(GetQuerySchema, request)
