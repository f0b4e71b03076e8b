class Script {
    process_incoming_request({
        request
    }) {
        console.log(request.content);

        var alertColor = "warning";
        if (request.content.status == "resolved") {
            alertColor = "good";
        } else if (request.content.status == "firing") {
            alertColor = "danger";
        }

        let finFields = [];
        for (i = 0; i < request.content.alerts.length; i++) {
            var endVal = request.content.alerts[i];
            var elem = {
                title: endVal.labels.alertname,
                value: "*instance:* " + endVal.labels.instance + "\n*summary:* " + (endVal.annotations.summary || endVal.annotations.description),
                short: false
            };
            finFields.push(elem);
            silenceLink = request.content.externalURL + "/#/silences/new?filter=" + encodeURIComponent('{alertname="' + endVal.labels.alertname + '"}');
            if (endVal.status == "firing") {
                finFields.push({ title: "Since", value: endVal.startsAt.substring(0, 16).replace("T", " "), short: true });
            }
        }

        return {
            content: {
                username: "Alertmanager",
                attachments: [{
                    color: alertColor,
                    title_link: request.content.externalURL,
                    title: "[" + request.content.status.toUpperCase() + (request.content.status == "firing" ? ":" + i : "") + "] " + (request.content.commonLabels.job || ""),
                    fields: finFields,
                    actions: request.content.status == "firing" ? [{ type: "button", text: "Silence", url: silenceLink }] : []
                }]
            }
        };
    }
}
