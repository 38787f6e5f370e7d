import { start } from "/phone/assets/shared/phone.js";
import * as world from "./world.js";

start(world, "公众号");
