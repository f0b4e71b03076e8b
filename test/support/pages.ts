import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './root.ts'

/** A page of the repository: a Markdown file. */
export interface Page {
  /** The path from the root of the repository. */
  readonly path: string
  readonly text: string
}

/** A fenced block of a page. */
export interface Snippet {
  readonly page: string
  readonly language: string
  readonly code: string
}

/** A link to a file of the repository, to an anchor, or to both. */
export interface Link {
  /** The path from the root of the repository. */
  readonly path: string
  /** Empty: the whole file. */
  readonly anchor: string
}

/** Every page of the repository. */
export const pages: readonly Page[] = [
  ...readdirSync(root),
  ...['lib', 'schemas', 'examples', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
].filter((path) => path.endsWith('.md')).map(pageAt)

/** The page for the authors of receivers. */
export const receivers = 'lib/outgoing/README.md'

/** The page at a path from the root of the repository. */
export function pageAt (path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}

/** The fenced blocks of a page, in their order. */
export function snippetsOf ({ path, text }: Page): Snippet[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ page: path, language, code }))
}

/** The part of a page under a heading of the second level. */
export function sectionOf ({ path, text }: Page, heading: string): Page {
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`))
  if (section === undefined) throw new Error(`${path} has no heading '${heading}'`)
  return { path, text: section }
}

/** The rows of the tables in a page whose first cell matches, as cells without backticks. */
export function rowsOf ({ text }: Page, first: RegExp): string[][] {
  return text.split('\n').filter((line) => line.startsWith('|'))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')))
    .filter(([cell = '']) => first.test(cell))
}

/** The anchors that a website of Git repositories makes of the headings of a page. */
export function anchorsOf (page: Page): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose(page).matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

/** The links of a page, without those that leave the repository. */
export function linksOf (page: Page): Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]*)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor = ''] = target.split('#')
    return [{ path: file === '' ? page.path : join(dirname(page.path), file), anchor }]
  })
}

/** The sentences of a page, each cell of a table and each item of a list for itself. */
export function sentencesOf (page: Page): string[] {
  return prose(page).replace(/\]\([^)]*\)/g, ']').split('\n')
    .flatMap((line) => line.startsWith('|') ? line.split(/(?<!\\)\|/) : [line])
    .flatMap((text) => text.split(/(?<=[.!?]\**) /))
}

/** A page without its fenced blocks. */
function prose ({ text }: Page): string {
  return text.replace(/^```.*?^```$/gms, '')
}
