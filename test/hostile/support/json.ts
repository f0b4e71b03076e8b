import fc from 'fast-check'
import { awkwardTexts } from '../../support/integrations.ts'

// Everything here makes JSON as it is written, because JSON can say more than
// JavaScript values can: repeated keys, numbers of any size, `__proto__` as a
// name like any other.

/** An object, as its members in order. */
export type Members = ReadonlyArray<readonly [name: string, json: string]>

/** Names that mean something to JavaScript, to a JSON pointer or to a validator. */
const loadedNames = [
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length', '$id', '$ref', '',
  '0', '/', '~', '~0', '~1', '/name', 'name/', '%2F', 'trigerWords', '_ID', 'type ', 'Type', '\0', '\ud83d', 'x'.repeat(300)
]

/** Texts that a store might take apart, and those that JavaScript or a validator might. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...awkwardTexts, ...loadedNames) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xFFFF }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(
      'a', ':', '*', '\0', '\r\n', '{', '}', ',', ' ', '\u00a0', '\ufeff', '#', '@', '\ud83d', '\ude00', 'é', 'İ', 'integration', 'by-name'
    ), { maxLength: 8 }).map((parts) => parts.join(''))
  },
  // Around the limits of the fields.
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('a', 'é', '😀', '\ud83d', ' '), fc.constantFrom(99, 100, 101, 119, 120, 121, 199, 200, 201, 2048, 2049))
      .map(([letter, length]) => letter.repeat(length))
  }
)

const name = fc.oneof(fc.constantFrom(...loadedNames), anyText)

const number = fc.oneof(
  fc.constantFrom(
    '0', '-0', '-0.0', '1', '-1', '4', '10', '11', '1e0', '1.0', '10.000000000000000000001', '1.5', '1E+2', '1e400', '-1e400', '1e-400',
    '2147483648', '9007199254740993', '123456789012345678901234567890', '9'.repeat(400), `0.${'0'.repeat(400)}1`
  ),
  fc.double().map((value) => (Number.isFinite(value) ? JSON.stringify(value) : '0'))
)

/** A text in one of the ways in which JSON can write it. */
export const writtenText: fc.Arbitrary<string> = fc.tuple(anyText, fc.boolean()).map(([text, escaped]) => write(text, escaped))

function write (text: string, escaped: boolean): string {
  if (!escaped) return JSON.stringify(text)
  return `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
}

/** Much nesting in few bytes. */
const deep = fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom(['[', '', ']'], ['{"a":', '1', '}'], ['[{"__proto__":', 'null', '}]']))
  .map(([depth, [open, middle, close]]) => `${open?.repeat(depth)}${middle}${close?.repeat(depth)}`)

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: fc.oneof(fc.constantFrom('null', 'true', 'false', '""', '" "'), number, writtenText) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
    { weight: 2, arbitrary: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(objectOf) }
  )
}))

/** Any JSON value. */
export const anyJson: fc.Arbitrary<string> = fc.oneof({ weight: 60, arbitrary: value }, { weight: 1, arbitrary: deep })

/** Any member of an object. */
export const anyMember: fc.Arbitrary<readonly [string, string]> = fc.tuple(name, anyJson)

/** An object with these members, in this order, repeated names included. */
export function objectOf (members: Members): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`
}
