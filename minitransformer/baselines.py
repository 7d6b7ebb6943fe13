"""What the Transformer is measured against: recurrent translators, without and with attention.

Both have the Transformer's methods, so whatever trains, decodes and scores a Transformer takes
them as they are. They differ in one thing only. Without attention every step of the decoder gets
the same summary of the source (Cho et al. 2014); with it, each step mixes the encoder's states
anew, by the course's ``additive_attention`` (Bahdanau et al. 2015).
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from minitransformer.decoder import TransformerConfig
from minitransformer.recurrence import additive_attention


class RecurrentTranslator(nn.Module):
    """Read with a GRU in both directions, write with a GRU.

    Args:
        config: of its fields, the vocabulary sizes, d_model (length of a word's vector and of a
            hidden state), dropout and pad_id are used.
        attention: ``True`` to look at the source anew for each word, ``False`` to make do with
            one summary of it.

    Raises:
        ValueError: d_model is not positive.

    Source: Bahdanau et al. 2015, section 3 and appendix A; its RNNencdec is ``attention=False``.
    """

    def __init__(self, config: TransformerConfig, attention: bool = True) -> None:
        super().__init__()
        hidden = config.d_model
        if hidden < 1:
            raise ValueError(f"d_model is {hidden}; a hidden state needs a length of 1 or more.")
        self.pad_id = config.pad_id
        self.attention = attention
        self.src_embedding = nn.Embedding(config.src_vocab_size, hidden, config.pad_id)
        self.tgt_embedding = nn.Embedding(config.tgt_vocab_size, hidden, config.pad_id)
        self.encoder = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * hidden, hidden)  # from the summary to the first state
        self.decoder = nn.GRU(3 * hidden, hidden, batch_first=True)
        self.readout = nn.Linear(4 * hidden, hidden)
        self.output = nn.Linear(hidden, config.tgt_vocab_size)
        self.dropout = nn.Dropout(config.dropout)
        if attention:
            self.W_q = nn.Parameter(torch.randn(hidden, hidden) * hidden**-0.5)
            self.W_k = nn.Parameter(torch.randn(2 * hidden, hidden) * (2 * hidden) ** -0.5)
            self.v = nn.Parameter(torch.randn(hidden) * hidden**-0.5)

    def encode(self, src: Int[Tensor, "batch src_len"]) -> Float[Tensor, "batch src_len states"]:
        """Read the source: ids (batch, src_len) -> states (batch, src_len, 2 d_model).

        Both directions read the real words only. States at padding are zero.
        """
        lengths = _lengths(src, self.pad_id).cpu()
        embedded = self.dropout(self.src_embedding(src))  # (B, S) -> (B, S, D)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states, _ = self.encoder(packed)
        memory, _ = pad_packed_sequence(states, batch_first=True, total_length=src.size(1))
        return memory  # (B, S, 2D)

    def decode(
        self,
        tgt: Int[Tensor, "batch tgt_len"],
        memory: Float[Tensor, "batch src_len states"],
        src: Int[Tensor, "batch src_len"],
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        """Score every next word; arguments and result as ``Transformer.decode``."""
        return self.decode_with_weights(tgt, memory, src)[0]

    def forward(
        self, src: Int[Tensor, "batch src_len"], tgt: Int[Tensor, "batch tgt_len"]
    ) -> Float[Tensor, "batch tgt_len vocab"]:
        """Encode, then decode: logits (batch, tgt_len, tgt_vocab_size)."""
        return self.decode(tgt, self.encode(src), src)

    def decode_with_weights(
        self,
        tgt: Int[Tensor, "batch tgt_len"],
        memory: Float[Tensor, "batch src_len states"],
        src: Int[Tensor, "batch src_len"],
    ) -> tuple[Float[Tensor, "batch tgt_len vocab"], Float[Tensor, "batch tgt_len src_len"] | None]:
        """Return what ``decode`` returns, and where each step looked.

        Returns:
            Logits (batch, tgt_len, tgt_vocab_size), and the weights over the source words
            (batch, tgt_len, src_len), or ``None`` without attention.
        """
        embedded = self.dropout(self.tgt_embedding(tgt))  # (B, T) -> (B, T, D)
        summary = self._summary(memory, src)  # (B, 2D)
        first = torch.tanh(self.bridge(summary))  # (B, 2D) -> (B, D)
        if self.attention:
            states, contexts, weights = self._steps(embedded, memory, src != self.pad_id, first)
        else:
            contexts = summary[:, None].expand(-1, tgt.size(1), -1)  # (B, 2D) -> (B, T, 2D)
            inputs = torch.cat([embedded, contexts], dim=-1)  # (B, T, 3D)
            states, _ = self.decoder(inputs, first[None])  # (B, T, D)
            weights = None
        read = torch.cat([states, contexts, embedded], dim=-1)  # (B, T, 4D)
        hidden = self.dropout(torch.tanh(self.readout(read)))  # (B, T, 4D) -> (B, T, D)
        return self.output(hidden), weights  # (B, T, D) -> (B, T, V)

    def _steps(
        self,
        embedded: Float[Tensor, "batch tgt_len d_model"],
        memory: Float[Tensor, "batch src_len states"],
        mask: Bool[Tensor, "batch src_len"],
        state: Float[Tensor, "batch d_model"],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Step through the target: where a state looks depends on the state before it."""
        states, contexts, weights = [], [], []
        for word in embedded.split(1, dim=1):  # T words of (B, 1, D)
            context, weight = additive_attention(state, memory, self.W_q, self.W_k, self.v, mask)
            inputs = torch.cat([word, context[:, None]], dim=-1)  # (B, 1, 3D)
            output, _ = self.decoder(inputs, state[None])  # (B, 1, D)
            state = output[:, 0]  # (B, 1, D) -> (B, D)
            states.append(state)
            contexts.append(context)
            weights.append(weight)
        # T times (B, ...) -> (B, T, ...)
        return torch.stack(states, 1), torch.stack(contexts, 1), torch.stack(weights, 1)

    def _summary(
        self,
        memory: Float[Tensor, "batch src_len states"],
        src: Int[Tensor, "batch src_len"],
    ) -> Float[Tensor, "batch states"]:
        """Join the last state of the forward reader and the last of the backward reader."""
        hidden = memory.size(-1) // 2
        last = _lengths(src, self.pad_id) - 1  # (B,)
        forward = memory[torch.arange(len(src), device=src.device), last, :hidden]  # (B, D)
        backward = memory[:, 0, hidden:]  # (B, D): it read the first word last
        return torch.cat([forward, backward], dim=-1)  # (B, 2D)


def _lengths(src: Int[Tensor, "batch src_len"], pad_id: int) -> Int[Tensor, " batch"]:
    """Count the real words of each row; padding stands at the end. An empty row counts as 1."""
    return (src != pad_id).sum(dim=1).clamp(min=1)
