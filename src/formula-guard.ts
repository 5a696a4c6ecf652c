/** Keeps a spreadsheet from taking what people wrote for a formula: a quote in front of it. */

export const guarded = (text: string): string => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text)

/** Undoes {@link guarded}. */
export const unguarded = (text: string): string => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text)
