import fc from 'fast-check'

/* eslint-disable no-template-curly-in-string -- the scripts have templates */

/** As long as a script may be. */
export const longest = 64 * 1024

/** As much of a text as fits between two others. */
export function fill (unit: string, before = '', after = ''): string {
  return before + unit.repeat(Math.floor((longest - before.length - after.length) / unit.length)) + after
}

/** As deep as fits, or as deep as is said. */
export function nest (open: string, middle: string, close: string, depth = Infinity): string {
  const times = Math.min(depth, Math.floor((longest - middle.length) / (open.length + close.length)))
  return open.repeat(times) + middle + close.repeat(times)
}

/** As many as fit, each with a number of its own. */
export function number (unit: (index: number) => string, before = '', after = ''): string {
  let text = before
  for (let index = 0; ; index++) {
    const next = unit(index)
    if (text.length + next.length + after.length > longest) return text + after
    text += next
  }
}

/** Scripts that parsers find hard: deep, long, ambiguous until their last character, or with much work in few letters. */
export const hardScripts: Readonly<Record<string, string>> = {
  'one asm.js module': fill('a=(a+1)|0;', 'function f(){"use asm";function g(a){a=a|0;', 'return a|0}return g}'),
  'asm.js modules': fill('function f(){"use asm";function g(a){a=a|0;return a|0}return g}'),
  'sets in sets': nest('[', 'a', ']', 2000).replace(/^/, '/').concat('/v'),
  'sets of sets': fill('[[a-z]&&[a-y]]', '/[', ']/v'),
  'texts in sets': fill('abc|', '/[\\q{', '}]/v'),
  'emoji, one by one': fill('/\\p{RGI_Emoji}/v;'),
  'emoji that are emoji': fill('&&\\p{RGI_Emoji}', '/[\\p{RGI_Emoji}', ']/v'),
  'emoji without emoji': fill('--\\p{Basic_Emoji}', '/[\\p{RGI_Emoji_ZWJ_Sequence}', ']/v'),
  letters: fill('/\\P{L}/vi;'),
  'no words': fill('\\W', '/[', ']/iu'),
  words: fill('\\w', '/[', ']/iu'),
  'one name in a regular expression': fill('(?<a>)|', '/', '/'),
  'names in a regular expression': number((index) => `(?<a${index}>)`, '/', '/'),
  'references in a regular expression': fill('\\k<a>', '/(?<a>)', '/'),
  'groups in a regular expression': nest('(', '', ')').replace(/^./, '/').replace(/.$/, '/'),
  'repetitions in a regular expression': fill('(?:a{1,100}){1,100}', '/', '/'),
  'ranges in a regular expression': fill('a-\\u{ffff}', '/[', ']/iu'),
  'static blocks': nest('class A{static{', '', '}}'),
  'a few static blocks': nest('class A{static{', '', '}}', 500),
  variables: number((index) => `,a${index}`, 'var a', ';'),
  'variables in blocks': `${'{'.repeat(800)}${number((index) => `var a${index};`).slice(0, longest - 1700)}1${'}'.repeat(800)}`,
  comments: fill('/**/'),
  'comments in arguments': fill('/**/a,', 'f(', 'a)'),
  'comments in blocks': nest('{/**/', '', '}'),
  'old comments': fill('<!--\n'),
  functions: nest('function f(){', '', '}'),
  'functions called at once': nest('(function(){', '', '})'),
  'arrows in arguments': nest('(a=', '1', ')=>1'),
  'a few arrows in arguments': nest('(a=', '1', ')=>1', 200),
  'asynchronous arrows': nest('async(a=', '1', ')=>1'),
  'arrows or conditions': fill('a?(b)=>(c):d=>e;'),
  'arrows or types': fill('a<b>(c);'),
  classes: nest('class A{m(){', '', '}}'),
  'fields of classes': nest('(class{a=', '1', '})'),
  'private names': fill('#a in x;', 'class A{m(){', '}}'),
  'many private names': number((index) => `#a${index};`, 'class A{', '}'),
  brackets: nest('[', '', ']'),
  parentheses: '('.repeat(longest),
  templates: nest('`${', '', '}`'),
  'functions in blocks': nest('{function a(){}', '', '}'),
  'evals in functions': nest('function f(){eval();', '', '}'),
  'a number': '9'.repeat(longest),
  'a big integer': `${'9'.repeat(longest - 1)}n`,
  'a sum of texts': fill('"a"+', '', '1'),
  'one label': fill('a:', '', ';'),
  labels: number((index) => `a${index}:`, '', ';'),
  objects: fill('__proto__,', '({__proto__:1,', '})'),
  patterns: fill('{a:[b=1]},', '[', ']=a'),
  'empty statements': fill(';')
}

/** Pieces of programs that a parser has to decide something about. */
const pieces = [
  ';', ',', 'a', 'a,', '1,', '{}', '[]', '()', '""', '``', '/a/', '/[/', '/(/', '/a/v;', '/[[a]&&[b]--[c]]/v;', '/(?<a>b)/;',
  '/\\p{L}/u;', '/**/', '//\n', '/*\n*/', '<!--\n', '\n-->', '(', ')', '[', ']', '{', '}', '`${', '}`', '=>', '=', '?', ':', '?.',
  '??', '||', '**', '+', '-', '++', '!', '~', '...', '.', '#a', '#a in a;', 'a=>', '(a)=>', '(a=', 'async(', 'async ', 'await ', 'yield ',
  'function f(){', 'function*g(){', 'async function h(){', 'class A{', 'class A extends B{', 'static{', 'static a=', 'get a(){', 'm(){',
  'constructor(){super();', 'var a;', 'var a,', 'let a;', 'const a=1;', 'let[', 'var{', 'for(;;)', 'for(a of b)', 'for(let a in b){',
  'if(a)', 'else ', 'if(a);else ', 'while(a)', 'do ', 'switch(a){', 'case a:', 'try{', '}catch(e){', '}finally{', 'with(a)', 'a:', 'b:{',
  'return ', 'throw a;', 'break;', 'continue a;', 'new ', 'new.target', 'super.', 'this.', 'delete ', 'typeof ', 'void ', 'in ', 'of ',
  'instanceof ', 'import(', 'import.meta', 'export ', 'eval(a);', '"use strict";', '"use asm";', 'a=a|0;', '\\u{61}', '"\\x', '\ud83d', '0x', '09',
  '1n', '1_', '1e', '\u2028', '  ', '\t', '@a ', '<a>', 'enum ', 'using a=', 'let\n', 'arguments', '__proto__:1,', 'a:b,', '[a]:b,'
]

/** Statements that are right wherever they stand, and begin and end of others around them. */
const statements = [
  ';', '{}', 'a;', 'a=1,a=2;', 'var a;', 'var a=1,{b:[c]=[]}=a;', '{let a}', '{const a=1}', '{class a{}}', '{function a(){}}', 'if(a);else;',
  '[a,,...a]=a;', '({a:[a]}=a);', '[a,[a],{a}];', '({a,[a]:a,get a(){},async*a(){}});', '(a,b=(c,d=1)=>c)=>a;', 'async(a)=>await a;', 'async(a,b);',
  'a?(b)=>(c):d=>e;', 'a<b>(c);', 'a?.b?.[c]?.(d);', 'a??b;', 'a**b**c;', '-a+ +a-- -~a;', '"a"+"\\u{61}";', '`a${`b${a}`}`;', 'a`b${c}`;', '0x1f+1_0+.5e3;',
  '9n**9n;', '/a/g;', '/(?<a>b)\\k<a>/;', '/[[a-z]&&[aeiou]]--/;', '/[[a-z]--[aeiou]]/v;', '/\\p{RGI_Emoji}/v;', '/\\W\\p{L}[^\\p{Lu}]/iu;', '/(?:a{1,9}){1,9}/;',
  '/**/', '/**/a/**/;', '//\n', '<!--\n', 'new a(new.b);', 'for(a of b);', 'for(var a in b);', 'while(a)break;', 'do;while(a)', 'switch(a){case a:default:}',
  'try{}catch{}finally{}', 'try{a}catch({a}){}', 'with(a)b;', '(class{#a;static #b=1;m(){this.#a}});', '(class extends a{constructor(){super()}});',
  '(class{static{a}});', '(function*(){yield*a});', '(function f(a,{b},[c]=1,...d){});', 'function f(){"use asm";function g(a){a=a|0;return a|0}return g}'
]

const around: ReadonlyArray<readonly [string, string]> = [
  ['{', '}'], ['if(a){', '}'], ['function f(){', '}'], ['(function(){', '})()'], ['(()=>{', '})()'], ['(async()=>{', '});'], ['(a=', ')=>1;'], ['class A{static{', '}}'],
  ['class A{m(){', '}}'], ['({a(){', '}});'], ['for(;;){', '}'], ['for(let a of b){', '}'], ['try{', '}catch(a){}'], ['switch(a){default:', '}'], ['a:{', '}'], ['with(a){', '}'],
  ['(class{[function(){', '}]});'], ['`${function(){', '}}`'], ['[()=>{', '}];']
]

/** Programs without a mistake, if the parser can follow them. */
const validScript: fc.Arbitrary<string> = fc.record({
  outside: fc.array(fc.constantFrom(...around), { maxLength: 3 }),
  depth: fc.constantFrom(1, 1, 10, 100, 400),
  unit: fc.array(fc.constantFrom(...statements), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  numbered: fc.boolean()
}).map(({ outside, depth, unit, numbered }) => {
  const before = outside.map(([open]) => open).join('').repeat(depth)
  const after = outside.map(([, close]) => close).reverse().join('').repeat(depth)
  return numbered ? number((index) => unit.replace(/\ba\b/g, `a${index}`), before, after) : fill(unit, before, after)
})

/** Pieces repeated, nested, numbered, put in others or cut somewhere: programs with mistakes, sooner or later. */
const anyScript: fc.Arbitrary<string> = fc.record({
  before: some(2),
  unit: some(4),
  after: some(3),
  depth: fc.constantFrom(0, 0, 0, 1, 20, 300, 1000, 5000),
  numbered: fc.boolean(),
  cut: fc.oneof(fc.constant(longest), fc.nat(longest))
}).map(({ before, unit, after, depth, numbered, cut }) => {
  const opening = before.repeat(Math.min(depth, longest / 4 / before.length))
  const filling = numbered ? number((index) => unit.replaceAll('a', () => `a${index}`), opening, after) : fill(unit, opening, after)
  return filling.slice(0, cut)
})

/** Sources of the greatest length that are meant to take a parser long. */
export const hardScript: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...Object.values(hardScripts)) },
  { weight: 5, arbitrary: validScript },
  { weight: 3, arbitrary: anyScript }
)

function some (maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength }).map((parts) => parts.join(''))
}
