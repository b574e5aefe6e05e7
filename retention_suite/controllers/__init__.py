from . import cancellation
from . import portal
from . import refer
