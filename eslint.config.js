import neostandard from 'neostandard'

export default [
  // The scripts of integrations are written as people write them.
  ...neostandard({ ts: true, ignores: ['dist', 'coverage', '.tap', 'test/support/script-cases/scripts'] }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // An import of types only leaves nothing behind in the emitted JavaScript.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-restricted-syntax': ['error', {
        selector: "ExportNamedDeclaration[exportKind='value'][source]:not(:has(ExportSpecifier[exportKind='value']))",
        message: 'Write export type { … }: otherwise the emitted JavaScript loads the module for nothing.'
      }]
    }
  }
]
