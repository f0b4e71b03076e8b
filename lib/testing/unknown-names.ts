/**
 * Texts that a client may send in the place of a name or an `_id`, and that no
 * user and no room has: words with a meaning in JavaScript, SQL, MongoDB or
 * patterns, identifiers of databases, and texts that are hard to encode.
 */
export const unknownNames: readonly string[] = [
  'nobody-has-this-name', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'true', '[object Object]', '*', '%', '_', '.', '..',
  '.*', '(', '[a-z]', '\\', "' OR '1'='1", '"; --', '$ne', '{"$ne":null}', '-1', '1e3', '000000000000000000000000',
  '00000000-0000-0000-0000-000000000000', 'naïve 日本語 👩‍👩‍👧', 'half of a pair \uD83D', 'two\tparts\nin lines', 'x'.repeat(1000)
]
