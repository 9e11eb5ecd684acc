"""What reads strings of token numbers, and what writes them from a point of the latent space.

B strings of T tokens each, D latent coordinates, V different token numbers. Where a string ends
makes no difference to what is read: how far a batch is filled up is of no account.
"""

import torch
from torch import Tensor, nn

from vae_explorer.molecule_config import END, PAD, MoleculeConfig

State = tuple[Tensor, Tensor]


class TokenEmbedding(nn.Embedding):
    """Without values where there is no memory for any: drawing such loads torch's compiler."""

    def reset_parameters(self) -> None:
        """Standard normal values."""
        if not self.weight.is_meta:
            super().reset_parameters()


class Reader(nn.Module):
    """Two LSTMs, one from each end; what they know last, and on average."""

    def __init__(self, config: MoleculeConfig):
        super().__init__()
        self.embedding = TokenEmbedding(config.token_count, config.embedding)
        self.forwards = nn.LSTM(config.embedding, config.encoder_width, batch_first=True)
        self.backwards = nn.LSTM(config.embedding, config.encoder_width, batch_first=True)
        self.features = 4 * config.encoder_width

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, F)."""
        filled = x.ne(PAD)
        lengths = filled.sum(dim=1, keepdim=True).clamp(min=1)
        place = torch.arange(x.shape[1], device=x.device)
        turned = x.gather(1, (lengths - 1 - place) % x.shape[1]) * filled
        last = (lengths - 1).unsqueeze(2)
        parts = []
        for lstm, read in ((self.forwards, x), (self.backwards, turned)):
            hidden = lstm(self.embedding(read))[0].float()
            parts.append(hidden.gather(1, last.expand(-1, -1, hidden.shape[2])).squeeze(1))
            parts.append((hidden * filled.unsqueeze(2)).sum(dim=1) / lengths)
        return torch.cat(parts, dim=1)


class Writer(nn.Module):
    """An LSTM that is given z with every token: p(x_t | x_<t, z)."""

    def __init__(self, config: MoleculeConfig):
        super().__init__()
        self.length = config.length
        self.embedding = TokenEmbedding(config.token_count, config.embedding)
        self.start = nn.Linear(config.latent_dim, 2 * config.decoder_width)
        inputs = config.embedding + config.latent_dim
        self.lstm = nn.LSTM(inputs, config.decoder_width, batch_first=True)
        self.output = nn.Linear(config.decoder_width, config.token_count)

    def forward(self, z: Tensor, x: Tensor) -> Tensor:
        """z (B, D) and the strings to write, (B, T) -> logits (B, T + 1, V), the end included."""
        begun = torch.cat([x.new_full((len(x), 1), END), x], dim=1)
        given = z.unsqueeze(1).expand(-1, begun.shape[1], -1)
        hidden = self.lstm(torch.cat([self.embedding(begun), given], dim=2), self._state(z))[0]
        return self.output(hidden)

    def write(self, z: Tensor) -> Tensor:
        """z (B, D) -> (B, T), always the likeliest next token; END and then PAD where it ends."""
        state = self._state(z)
        token = torch.full((len(z),), END, device=z.device)
        written: list[Tensor] = []
        ended = torch.zeros_like(token, dtype=torch.bool)
        for _ in range(self.length + 1):
            inputs = torch.cat([self.embedding(token), z], dim=1).unsqueeze(1)
            hidden, state = self.lstm(inputs, state)
            token = self.output(hidden[:, 0]).argmax(dim=1).masked_fill(ended, PAD)
            written.append(token)
            ended |= token.le(END)
            if bool(ended.all()):
                break
        return torch.stack(written, dim=1)

    def _state(self, z: Tensor) -> State:
        hidden, cell = self.start(z).unsqueeze(0).chunk(2, dim=2)
        return hidden.tanh().contiguous(), cell.contiguous()


class TutorialReader(nn.Module):
    """As the tutorial prints it; what fills a string up is read like any token."""

    def __init__(self, config: MoleculeConfig):
        super().__init__()
        self.length = config.length
        self.embedding = TokenEmbedding(config.token_count, 256)
        self.lstm = nn.LSTM(256, 128, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(256, 128)
        self.features = 128

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, 128)."""
        filled_up = nn.functional.pad(x, (0, self.length - x.shape[1]), value=PAD)
        hidden, _ = self.lstm(self.embedding(filled_up))
        last = torch.cat([hidden[:, -1, :128], hidden[:, 0, 128:]], dim=1)
        return self.dense(last).relu()


class TutorialWriter(nn.Module):
    """As the tutorial prints it: z is repeated, and every token is chosen without the others."""

    def __init__(self, config: MoleculeConfig):
        super().__init__()
        self.length = config.length
        self.dense = nn.Linear(config.latent_dim, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True, bidirectional=True)
        self.output = nn.Linear(256, config.token_count)

    def forward(self, z: Tensor, x: Tensor) -> Tensor:
        """z (B, D) -> logits (B, `length`, V); what is to be written makes no difference."""
        repeated = self.dense(z).relu().unsqueeze(1).expand(-1, self.length, -1)
        return self.output(self.lstm(repeated)[0])

    def write(self, z: Tensor) -> Tensor:
        """z (B, D) -> (B, `length`), each token the likeliest; those that fill up are left out."""
        numbers = self(z, z).argmax(dim=2)
        kept = numbers.gt(END)
        order = torch.argsort(kept.logical_not().to(torch.uint8), dim=1, stable=True)
        return numbers.gather(1, order) * kept.gather(1, order)
