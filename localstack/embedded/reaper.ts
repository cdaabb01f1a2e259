import { spawn } from "node:child_process";
import { once } from "node:events";

/** Ends the processes, and theirs, that would outlive us if we were killed. */
export interface Reaper {
  watch(pid: number): void;
  /** The process has ended: its number may soon be another's. */
  forget(pid: number): void;
  stop(): Promise<void>;
}

/**
 * A shell that keeps a list of our processes. The kernel closes our end of its pipe however we die, and then it kills
 * what is left: a function in a busy loop notices nothing by itself, and dynoxide does not care who started it.
 */
export const startReaper = (): Reaper => {
  // Detached: a Ctrl-C in the terminal goes to every process of our group.
  const shell = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const ended = once(shell, "exit").catch(() => {});
  shell.stdin.on("error", () => {});
  return {
    watch: (pid) => void shell.stdin.write(`+ ${pid}\n`),
    forget: (pid) => void shell.stdin.write(`- ${pid}\n`),
    async stop() {
      shell.stdin.end();
      await ended;
    },
  };
};

const script = `
left=" "
while read -r sign pid; do
  case $sign in
    +) left="$left$pid " ;;
    -) left="\${left%% $pid *} \${left#* $pid }" ;;
  esac
done
# Each leads a group of its own: what it started goes with it.
for pid in $left; do kill -s KILL -- "-$pid"; done`;
