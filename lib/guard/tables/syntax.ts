import type { ScriptError, SyntaxCheck } from '../../ports/syntax.ts'
import type { Answer } from '../answer.ts'
import { propertyOf } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'

const scriptError: Answer<ScriptError | undefined> = {
  read (answer) {
    if (answer === undefined) return { value: undefined }
    const [name, message] = [propertyOf(answer, 'name'), propertyOf(answer, 'message')]
    return typeof name === 'string' && typeof message === 'string' ? { value: { name, message } } : undefined
  },
  must: () => 'a name and a message, or nothing'
}

const method = methodsOf<SyntaxCheck>('syntax')

/** The table of the port `syntax`, which the plugin itself fills. */
export const syntax = { check: method('check', scriptError) } satisfies PortTable<SyntaxCheck>
