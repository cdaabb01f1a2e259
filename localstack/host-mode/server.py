"""LocalStack on this machine, without Docker.

Usage: python server.py JAVA DYNAMODB_FOLDER NODE RUNTIME
with LocalStack's own settings as environment variables.

Two parts of LocalStack are replaced, because they need Docker or a download: functions run as processes, and DynamoDB
Local comes from a folder that Maven filled. Everything else is LocalStack as published.
"""

import _thread
import logging
import subprocess
import sys
import threading
import warnings

JAVA, DYNAMODB_FOLDER, NODE, RUNTIME = sys.argv[1:5]


def act_like_python_3_13() -> None:
    """Adds what LocalStack uses although it accepts Python 3.12: a type `Lock`, and `deprecated`."""
    import typing_extensions

    class Lock:
        def __new__(cls):
            return _thread.allocate_lock()

    threading.Lock = Lock
    warnings.deprecated = typing_extensions.deprecated


if sys.version_info < (3, 13):
    act_like_python_3_13()

from localstack.services.lambda_.invocation import runtime_executor  # noqa: E402

from function_process import FunctionProcess  # noqa: E402

FunctionProcess.node, FunctionProcess.runtime = NODE, RUNTIME
# Other modules of LocalStack import this name, so it is replaced before they are loaded.
runtime_executor.get_runtime_executor = lambda: FunctionProcess

from localstack.runtime.main import main  # noqa: E402
from localstack.services.dynamodb.server import DynamodbServer  # noqa: E402
from localstack.utils.run import FuncThread  # noqa: E402


def start_dynamodb_local(server: DynamodbServer) -> FuncThread:
    """Starts it in our process group. LocalStack's own way gives it another one, in which it would outlive us."""
    process = subprocess.Popen(
        [
            JAVA,
            f"-Xmx{server.heap_size}",
            f"-Djava.library.path={DYNAMODB_FOLDER}",
            "-cp",
            f"{DYNAMODB_FOLDER}/*",
            "software.amazon.dynamodb.services.local.main.ServerRunner",
            *("-inMemory", "-sharedDb", "-disableTelemetry"),
            *("-port", str(server.port)),
        ],
        stdin=subprocess.DEVNULL,
    )
    thread = FuncThread(lambda *_: process.wait(), name="dynamodb-local")
    thread.start()
    return thread


DynamodbServer.do_start_thread = start_dynamodb_local

# It warns after every invocation that it got no logs; the functions write them to our output.
logging.getLogger("localstack.services.lambda_.invocation.version_manager").setLevel(logging.ERROR)

sys.argv = sys.argv[:1]
main()
