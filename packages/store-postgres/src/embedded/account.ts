import { readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"

/** Whom PostgreSQL runs as when this process is root, which PostgreSQL refuses to be. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Whether this process is root. */
export const isRoot = (): boolean => process.getuid?.() === 0

/** The owner of a file or directory; undefined when it is missing or root's. */
export const ownerOf = async (path: string): Promise<Account | undefined> => {
  const info = await stat(path).catch(() => undefined)
  return info === undefined || info.uid === 0 ? undefined : { uid: info.uid, gid: info.gid }
}

/** The account that a system keeps for such a purpose. */
export const systemAccount = async (): Promise<Account> => {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n")
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error("PostgreSQL does not run as root, and this system has neither a postgres nor a nobody user")
}

/** Whether an account may pass a directory and every directory above it. */
export const canEnter = async (account: Account, directory: string): Promise<boolean> => {
  const info = await stat(directory)
  const pass = info.uid === account.uid ? 0o100 : info.gid === account.gid ? 0o010 : 0o001
  if ((info.mode & pass) === 0) return false
  const parent = dirname(directory)
  return parent === directory || canEnter(account, parent)
}
