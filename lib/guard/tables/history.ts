import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { type HistoryEntry, HistoryEntrySchema, historyLimits } from '../../../schemas/history.ts'
import type { HistoryPage, HistoryStore } from '../../ports/history.ts'
import { type Answer, isCount, kindOf, nothing, orNull, propertyOf } from '../answer.ts'
import { cutToShape, type Shape, shapeOf } from '../shape.ts'
import { methodsOf, type PortTable } from '../table.ts'

/**
 * An entry with more characters of JSON is refused. A history may keep an entry
 * in another form than it got, and a later version may write larger ones.
 */
const longestJson = 2 * historyLimits.entry

interface Reader {
  readonly check: TypeCheck<typeof HistoryEntrySchema>
  readonly shape: Shape
}

/** Made by the first answer: a server without history pays nothing. */
let reader: Reader | undefined

function theReader (): Reader {
  return (reader ??= { check: TypeCompiler.Compile(HistoryEntrySchema), shape: shapeOf(HistoryEntrySchema) })
}

/** The value with the fields of an entry only, copied as JSON: bodies may be any value. Undefined when it is too large. */
function copyOf (value: unknown): unknown {
  const json = JSON.stringify(typeof value === 'object' && value !== null ? cutToShape(value, theReader().shape) : null)
  return json.length > longestJson ? undefined : JSON.parse(json)
}

const entry: Answer<HistoryEntry> = {
  read (answer) {
    const copy = copyOf(answer)
    return theReader().check.Check(copy) ? { value: copy } : undefined
  },
  must: (answer) => `an entry, or null; ${whyNoEntry(answer)}`
}

/** Says why a value is no entry: the field at fault, and never its value. */
function whyNoEntry (value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `the answer is ${kindOf(value)}`
  const copy = copyOf(value)
  if (copy === undefined) return `its JSON has more than ${longestJson} characters`
  return `its field ${theReader().check.Errors(copy).First()?.path ?? ''} does not fit`
}

const page: Answer<HistoryPage> = {
  read (answer) {
    const [entries, total] = [propertyOf(answer, 'entries'), propertyOf(answer, 'total')]
    if (!Array.isArray(entries) || entries.length > historyLimits.page || !isCount(total)) return undefined
    const copies: HistoryEntry[] = []
    for (const one of entries) {
      const copy = entry.read(one)
      if (copy === undefined) return undefined
      copies.push(copy.value)
    }
    return { value: { entries: copies, total } }
  },
  must (answer) {
    const entries = propertyOf(answer, 'entries')
    const isShort = Array.isArray(entries) && entries.length <= historyLimits.page
    const wrong = isShort ? entries.findIndex((one) => entry.read(one) === undefined) : -1
    return `at most ${historyLimits.page} entries and their total` + (isShort && wrong >= 0 ? `; of one of them: ${whyNoEntry(entries[wrong])}` : '')
  }
}

const method = methodsOf<HistoryStore>('history')

/** The table of the port `history`. */
export const history = {
  append: method('append', nothing),
  list: method('list', page),
  get: method('get', orNull(entry)),
  clear: method('clear', nothing)
} satisfies PortTable<HistoryStore>
