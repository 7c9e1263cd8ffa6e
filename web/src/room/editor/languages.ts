/** What the editor calls a language, where that is not what everybody else does. */
const OTHERWISE: Record<string, string> = { "": "plaintext", bash: "shell", json: "javascript" };

/** The editor's name for a language of ours; one it does not know is plain text to it. */
export const editorLanguage = (language: string): string => OTHERWISE[language] ?? language;
