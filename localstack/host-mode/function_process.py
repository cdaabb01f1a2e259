"""Lambda functions as processes on this machine, for LocalStack, which runs them in containers otherwise."""

import json
import os
import socket
import subprocess
import threading
import time

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

HOST = "127.0.0.1"

# The functions write to the server's own output.
NO_LOGS = ""


class FunctionProcess(RuntimeExecutor):
    """One execution environment: a Node process with localstack/embedded/runtime.ts, the replacement of Lambda's runtime.

    LocalStack gives it one invocation at a time. It is started again when it has ended, as Lambda does.
    """

    # Set by the server: the programs that run a function.
    node: str
    runtime: str

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen | None = None
        self._channel = None

    @property
    def _config(self):
        return self.function_version.config

    def start(self, env_vars: dict) -> None:
        self.prepare_version(self.function_version)
        given = {name: str(value) for name, value in env_vars.items() if value is not None}
        folder = str(self._config.code.get_unzipped_code_location())
        self._environment = {
            **given,
            "PATH": os.environ["PATH"],
            "TZ": "UTC",
            "LANG": "en_US.UTF-8",
            "LAMBDA_TASK_ROOT": folder,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self._config.runtime}",
        }
        self._launch()

    def _launch(self) -> None:
        """Starts the process with Node's IPC channel: lines of JSON on a socket (Node's documentation of `execPath`)."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            channel = {"NODE_CHANNEL_FD": str(theirs.fileno()), "NODE_CHANNEL_SERIALIZATION_MODE": "json"}
            # Lambda reserves a tenth of the memory for everything but JavaScript's heap.
            heap = f"--max-old-space-size={int(self._config.memory_size * 0.9)}"
            self._process = subprocess.Popen(
                [self.node, heap, self.runtime],
                cwd=self._environment["LAMBDA_TASK_ROOT"],
                env=self._environment | channel,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
            self._channel = ours.makefile("rwb")
        message = self._receive()
        if message is None or message["kind"] != "ready":
            self.stop()
            raise LambdaRuntimeException(f"the function did not start: {message and message['error']}")

    def _receive(self) -> dict | None:
        """Answers the next message that is not about a single attempt, or None when the process has ended."""
        for line in self._channel:
            message = json.loads(line)
            if message["kind"] != "attempt":
                return message
        return None

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        if self._process.poll() is not None:
            self._launch()
        has_timed_out = threading.Event()

        def time_out() -> None:
            has_timed_out.set()
            self._process.kill()

        timer = threading.Timer(self._config.timeout, time_out)
        timer.start()
        try:
            message = self._exchange(payload)
        finally:
            timer.cancel()
        if message is not None and message["kind"] == "answered":
            return self._result(payload, message["response"], is_error=False)
        error = message["error"] if message else self._end_error(has_timed_out.is_set())
        return self._result(payload, json.dumps(error), is_error=True)

    def _exchange(self, payload: dict[str, str]) -> dict | None:
        request = {
            "requestId": payload["invoke-id"],
            "functionArn": payload["invoked-function-arn"],
            "deadlineAt": round((time.time() + self._config.timeout) * 1000),
            "event": json.loads(payload["payload"]),
        }
        try:
            self._channel.write(json.dumps(request).encode() + b"\n")
            self._channel.flush()
            return self._receive()
        except OSError:
            return None

    def _end_error(self, has_timed_out: bool) -> dict[str, str]:
        if has_timed_out:
            message = f"Task timed out after {self._config.timeout:.2f} seconds"
            return {"errorType": "Sandbox.Timedout", "errorMessage": message}
        message = f"Runtime exited with error: exit status {self._process.wait()}"
        return {"errorType": "Runtime.ExitError", "errorMessage": message}

    def _result(self, payload: dict[str, str], text: str, is_error: bool) -> InvocationResult:
        return InvocationResult(request_id=payload["invoke-id"], payload=text.encode(), is_error=is_error, logs=NO_LOGS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return ""

    def get_logs(self) -> str:
        return NO_LOGS

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass
