import { spawn } from "node:child_process";
import { once } from "node:events";

/** Kills child processes, with their children, that would outlive this process if it were killed. */
export interface Reaper {
  watch(pid: number): void;
  /** Call it when a process has ended, because its pid may be reused. */
  forget(pid: number): void;
  stop(): Promise<void>;
}

/**
 * Starts a shell that keeps a list of our processes. However this process ends, the kernel closes the pipe to the shell,
 * which then kills what is left: a function in a busy loop would not notice, and dynoxide would keep running.
 */
export const startReaper = (): Reaper => {
  // Detached, because Ctrl-C in the terminal goes to every process of our group.
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
# Each leads its own process group, so its children are killed too.
for pid in $left; do kill -s KILL -- "-$pid"; done`;
