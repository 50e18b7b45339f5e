"""Calls that matter, by their full names: what loads models, reaches out, or does not survive a fork."""

import ast
import re

from seldon_workbench.doctor.source import Text

__all__ = ["does_io", "forbids_fork", "loads_model", "reaches_out", "sleeps"]


def _pattern(*names: str) -> re.Pattern[str]:
    """Full names; ``*`` stands for anything."""
    return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names) + r"\Z")


_MODEL = _pattern(
    *("joblib.load", "pickle.load", "pickle.loads", "cloudpickle.load", "cloudpickle.loads", "dill.load"),
    *("torch.load", "torch.jit.load", "torch.hub.load", "tensorflow.saved_model.load", "tensorflow.Session"),
    *("tensorflow.compat.v1.Session", "tensorflow.train.import_meta_graph", "tensorflow.lite.Interpreter"),
    *("onnxruntime.InferenceSession", "transformers.pipeline", "sentence_transformers.SentenceTransformer"),
    *("spacy.load", "fasttext.load_model", "mlflow.*load_model", "gensim.*.load", "whisper.load_model"),
    *("keras.*load_model", "tensorflow.keras.models.load_model", "tensorflow.*.load_model", "h2o.init"),
    *("h2o.load_model", "h2o.import_mojo", "xgboost.Booster", "lightgbm.Booster", "easyocr.Reader"),
    *("pyspark.sql.SparkSession.builder.getOrCreate", "skops.io.load", "timm.create_model"),
    *("tensorflow.keras.applications.*", "torchvision.models.*", "keras.applications.*"),
)
_MODEL_METHODS = frozenset({"from_pretrained", "load_model", "load_weights", "load_checkpoint"})

_NETWORK = _pattern(
    *("requests.get", "requests.post", "requests.put", "requests.request", "httpx.get", "httpx.post"),
    *("urllib.request.urlopen", "urllib.request.urlretrieve", "urllib3.request", "wget.download"),
    *("huggingface_hub.snapshot_download", "huggingface_hub.hf_hub_download", "gdown.download"),
    *("seldon_core.Storage.download", "seldon_core.storage.Storage.download", "kfserving.Storage.download"),
    *("nltk.download", "boto3.client.download_file", "google.cloud.storage.*"),
)
_NETWORK_METHODS = frozenset(
    {"download_file", "download_fileobj", "fget_object", "download_to_filename", "download_as_bytes"}
)

_UNFORKABLE = _pattern(
    *("threading.Thread", "threading.Timer", "concurrent.futures.ThreadPoolExecutor"),
    *("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool", "multiprocessing.Process"),
    *(
        "multiprocessing.pool.ThreadPool",
        "multiprocessing.dummy.Pool",
        "socket.socket",
        "socket.create_connection",
    ),
    *("sqlite3.connect", "psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect"),
    *("mysql.connector.connect", "pyodbc.connect", "cx_Oracle.connect", "oracledb.connect", "duckdb.connect"),
    *(
        "pymongo.MongoClient",
        "redis.Redis",
        "redis.StrictRedis",
        "redis.from_url",
        "sqlalchemy.create_engine",
    ),
    *("grpc.insecure_channel", "grpc.secure_channel", "kafka.KafkaProducer", "kafka.KafkaConsumer"),
    *("pika.BlockingConnection", "asyncio.new_event_loop", "torch.cuda.set_device", "torch.cuda.init"),
    *("confluent_kafka.Producer", "pycuda.*", "ray.init", "paramiko.SSHClient"),
)


def _named(node: ast.Call, text: Text) -> tuple[str, str]:
    """A call's full name, and its last word."""
    named = text.dotted(node.func)
    last = node.func.attr if isinstance(node.func, ast.Attribute) else named.rpartition(".")[2]
    return named, last


def loads_model(node: ast.Call, text: Text) -> bool:
    """Whether a call builds or loads a model."""
    named, last = _named(node, text)
    return bool(_MODEL.match(named)) or last in _MODEL_METHODS or (last == "fit" and len(node.args) > 1)


def reaches_out(node: ast.Call, text: Text) -> bool:
    """Whether a call waits for somebody else's server."""
    named, last = _named(node, text)
    return bool(_NETWORK.match(named)) or last in _NETWORK_METHODS


def forbids_fork(node: ast.Call, text: Text) -> bool:
    """Whether what a call makes is of no use, or worse, in a forked process."""
    named, last = _named(node, text)
    if _UNFORKABLE.match(named) or (last == "cuda" and not node.args):
        return True
    placed = [*node.args, *(word.value for word in node.keywords if word.arg == "device")]
    on_gpu = any(isinstance(each, ast.Constant) and str(each.value).startswith("cuda") for each in placed)
    return on_gpu and (last == "to" or named == "torch.device")


def sleeps(node: ast.Call, text: Text) -> bool:
    """Whether a call does nothing for a while."""
    return text.dotted(node.func) in ("time.sleep", "asyncio.sleep")


def does_io(node: ast.Call, text: Text) -> bool:
    """Whether a call asks a database, a server or a shell."""
    named, _ = _named(node, text)
    return reaches_out(node, text) or bool(_UNFORKABLE.match(named)) or named.startswith("subprocess.")
