"""The two peers of `encoder.py`; started by it. Prints one JSON line: {"seconds": …} or
{"settings": […]}.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import bench


def convert(path: str) -> None:
    """The wheel's model as an OpenVINO model with mean pooling and unit length inside, by torch."""
    import openvino
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(
        str(bench.model_directory()), attn_implementation="sdpa"
    ).eval()

    class Sentence(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            states = self.model(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state
            weights = attention_mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)

    example = torch.ones((2, 8), dtype=torch.long)
    shape = openvino.PartialShape([-1, -1])
    with torch.no_grad():
        converted = openvino.convert_model(
            Sentence(),
            example_input={"input_ids": example, "attention_mask": example},
            input=[shape, shape],
        )
    openvino.save_model(converted, path, compress_to_fp16=False)


class SentenceTransformers:
    CANDIDATES = [{"batch": size} for size in (32, 64, 128)]

    def __init__(self, options: argparse.Namespace) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(options.threads)
        self.model = SentenceTransformer(str(bench.model_directory()), device="cpu")
        self.model.max_seq_length = 256

    def prepare(self, settings: dict) -> None:
        self.batch = settings["batch"]

    def encode(self, texts: list[str]):
        return self.model.encode(
            texts, batch_size=self.batch, normalize_embeddings=True, show_progress_bar=False
        )


class OpenVINO:
    CANDIDATES = [{"streams": s, "batch": b} for s in (1, 2) for b in (1024, 2048, 4096, 8192)]

    def __init__(self, options: argparse.Namespace) -> None:
        import openvino
        from tokenizers import Tokenizer

        self.options = options
        self.core = openvino.Core()
        self.queue_type = openvino.AsyncInferQueue
        self.tokenizer = Tokenizer.from_file(str(bench.model_directory() / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)

    def prepare(self, settings: dict) -> None:
        """`batch` is a budget of tokens, padding included."""
        self.budget, streams = settings["batch"], settings["streams"]
        compiled = self.core.compile_model(
            self.options.ir,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16",
                "INFERENCE_NUM_THREADS": self.options.threads,
                "NUM_STREAMS": streams,
            },
        )
        self.inputs = [next(iter(port.get_names())) for port in compiled.inputs]
        self.queue = self.queue_type(compiled, streams)

    def encode(self, texts: list[str]):
        import numpy as np

        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        out = np.empty((len(ids), 384), np.float32)

        def done(request, rows) -> None:
            out[rows] = request.get_output_tensor(0).data[: len(rows)]

        self.queue.set_callback(done)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end - start + 1) * len(ids[order[end]]) <= self.budget:
                end += 1
            rows = order[start:end]
            width = len(ids[rows[-1]])
            tokens = np.zeros((len(rows), width), np.int64)
            mask = np.zeros_like(tokens)
            for row, index in enumerate(rows):
                tokens[row, : len(ids[index])] = ids[index]
                mask[row, : len(ids[index])] = 1
            feed = {}
            for name in self.inputs:
                feed[name] = (
                    mask if "mask" in name else np.zeros_like(tokens) if "type" in name else tokens
                )
            self.queue.start_async(feed, rows)
            start = end
        self.queue.wait_all()
        return out


def timed(peer, texts: list[str]) -> float:
    start = time.perf_counter()
    peer.encode(texts)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["convert", "sentence-transformers", "openvino"])
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ir")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--streams", type=int, default=1)
    options = parser.parse_args()
    if options.side == "convert":
        convert(options.file)
        return
    texts = [record["text"] for record in bench.read_lines(Path(options.file))]
    peer = (SentenceTransformers if options.side == "sentence-transformers" else OpenVINO)(options)
    if options.tune:
        sample = (
            texts[:: max(1, len(texts) // 1000)]
            if len(texts) > 1000
            else texts[: max(1, len(texts) // 4)]
        )
        best = None
        for settings in peer.CANDIDATES:
            peer.prepare(settings)
            peer.encode(sample)
            seconds = min(timed(peer, sample) for _ in range(2))
            if best is None or seconds < best[0]:
                best = (seconds, settings)
        found = [part for name, value in best[1].items() for part in (f"--{name}", str(value))]
        print(json.dumps({"settings": found}))
        return
    peer.prepare(
        {"batch": options.batch or peer.CANDIDATES[0]["batch"], "streams": options.streams}
    )
    peer.encode(texts)  # warms up every shape
    print(json.dumps({"seconds": timed(peer, texts)}))


if __name__ == "__main__":
    main()
